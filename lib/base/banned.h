/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Force-included into the library after prelude.h: it prints nothing, ends nothing, touches no environment, and parses
 * numbers with text.h. Using one of these is a compile error that names it.
 */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#define BANNED(function) sorry_##function##_is_banned

#undef strcpy
#define strcpy(...) BANNED(strcpy)
#undef strcat
#define strcat(...) BANNED(strcat)
#undef strncpy
#define strncpy(...) BANNED(strncpy)
#undef strncat
#define strncat(...) BANNED(strncat)
#undef sprintf
#define sprintf(...) BANNED(sprintf)
#undef vsprintf
#define vsprintf(...) BANNED(vsprintf)
#undef strtok
#define strtok(...) BANNED(strtok)
#undef atoi
#define atoi(...) BANNED(atoi)
#undef atol
#define atol(...) BANNED(atol)
#undef atof
#define atof(...) BANNED(atof)
#undef strtol
#define strtol(...) BANNED(strtol)
#undef strtoul
#define strtoul(...) BANNED(strtoul)
#undef strtoll
#define strtoll(...) BANNED(strtoll)
#undef strtoull
#define strtoull(...) BANNED(strtoull)
#undef sscanf
#define sscanf(...) BANNED(sscanf)
#undef gmtime
#define gmtime(...) BANNED(gmtime)
#undef localtime
#define localtime(...) BANNED(localtime)
#undef setenv
#define setenv(...) BANNED(setenv)
#undef putenv
#define putenv(...) BANNED(putenv)
#undef unsetenv
#define unsetenv(...) BANNED(unsetenv)
#undef popen
#define popen(...) BANNED(popen)
#undef system
#define system(...) BANNED(system)
#undef exit
#define exit(...) BANNED(exit)
#undef abort
#define abort(...) BANNED(abort)
#undef printf
#define printf(...) BANNED(printf)
#undef fprintf
#define fprintf(...) BANNED(fprintf)
#undef puts
#define puts(...) BANNED(puts)
#undef putchar
#define putchar(...) BANNED(putchar)
#undef gets
#define gets(...) BANNED(gets)
#undef perror
#define perror(...) BANNED(perror)
#undef signal
#define signal(...) BANNED(signal)
#undef fork
#define fork(...) BANNED(fork)

#endif
