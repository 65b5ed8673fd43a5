/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fibers by <ucontext.h>. A stack is address space of which only what is touched becomes memory (two pages, mostly), with a
 * page below it that nothing may touch. AddressSanitizer has to be told of every change of stacks.
 */
#include "fiber.h"

#include <stdint.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
# define WATCHED 1
#elif defined(__has_feature)
# if __has_feature(address_sanitizer)
#  define WATCHED 1
# endif
#endif

#ifdef WATCHED
# include <sanitizer/common_interface_defs.h>
# define STACK_SIZE ((size_t)4 << 20)           /* its frames are larger */
#else
# define STACK_SIZE ((size_t)1 << 20)           /* jansson recurses two thousand levels deep */
static void __sanitizer_start_switch_fiber(void **kept UNUSED, const void *bottom UNUSED, size_t size UNUSED)
{
}
static void __sanitizer_finish_switch_fiber(void *kept UNUSED, const void **bottom UNUSED, size_t *size UNUSED)
{
}
#endif

struct fiber {
    ucontext_t inside, outside;
    void (*run)(void *owner);
    void *owner;
    void (*call)(void *argument);               /* wanted outside */
    void *argument;
    char *stack;                                /* the guard page first */
    size_t guard;
    const void *host;                           /* the other stack, for the sanitizer */
    size_t host_size;
    bool ended;
};

/* makecontext() passes ints. */
static void enter(unsigned high, unsigned low)
{
    struct fiber *fiber = (struct fiber *)((uintptr_t)high << 16 << 16 | low);

    __sanitizer_finish_switch_fiber(NULL, &fiber->host, &fiber->host_size);
    fiber->run(fiber->owner);
    fiber->ended = true;
    __sanitizer_start_switch_fiber(NULL, fiber->host, fiber->host_size);
    setcontext(&fiber->outside);
}

static bool make_stack(struct fiber *fiber)
{
    void *stack;

    fiber->guard = (size_t)sysconf(_SC_PAGESIZE);
    stack = mmap(NULL, fiber->guard + STACK_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (stack == MAP_FAILED)
        return false;
    fiber->stack = stack;
    return mprotect(fiber->stack + fiber->guard, STACK_SIZE, PROT_READ | PROT_WRITE) == 0;
}

static bool make_context(struct fiber *fiber)
{
    if (getcontext(&fiber->inside) < 0)
        return false;
    fiber->inside.uc_stack.ss_sp = fiber->stack + fiber->guard;
    fiber->inside.uc_stack.ss_size = STACK_SIZE;
    fiber->inside.uc_link = NULL;
    makecontext(&fiber->inside, (void (*)(void))enter, 2, (unsigned)((uintptr_t)fiber >> 16 >> 16),
                (unsigned)(uintptr_t)fiber);
    return true;
}

struct fiber *fiber_new(void (*run)(void *owner), void *owner)
{
    struct fiber *fiber = calloc(1, sizeof(*fiber));

    if (!fiber)
        return NULL;
    fiber->run = run;
    fiber->owner = owner;
    if (make_stack(fiber) && make_context(fiber))
        return fiber;
    fiber_free(fiber);
    return NULL;
}

static void switch_in(struct fiber *fiber)
{
    void *kept = NULL;

    __sanitizer_start_switch_fiber(&kept, fiber->stack + fiber->guard, STACK_SIZE);
    swapcontext(&fiber->outside, &fiber->inside);
    __sanitizer_finish_switch_fiber(kept, NULL, NULL);
}

void fiber_resume(struct fiber *fiber)
{
    void (*call)(void *argument);

    do {
        switch_in(fiber);
        call = TAKE(fiber->call);
        if (call)
            call(fiber->argument);
    } while (call);
}

void fiber_yield(struct fiber *fiber)
{
    void *kept = NULL;

    __sanitizer_start_switch_fiber(&kept, fiber->host, fiber->host_size);
    swapcontext(&fiber->inside, &fiber->outside);
    __sanitizer_finish_switch_fiber(kept, &fiber->host, &fiber->host_size);
}

void fiber_outside(struct fiber *fiber, void (*call)(void *argument), void *argument)
{
    fiber->call = call;
    fiber->argument = argument;
    fiber_yield(fiber);
}

bool fiber_has_ended(const struct fiber *fiber)
{
    return fiber->ended;
}

void fiber_free(struct fiber *fiber)
{
    if (!fiber)
        return;
    if (fiber->stack)
        munmap(fiber->stack, fiber->guard + STACK_SIZE);
    free(fiber);
}
