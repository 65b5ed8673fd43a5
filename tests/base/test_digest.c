/* SPDX-License-Identifier: Apache-2.0 */
/* The vectors are those of FIPS 180-4 and RFC 4648. */
#include "suite.h"

#include "digest.h"
#include "error.h"

START_TEST(sha256)
{
    static const struct { const char *text, *hex; } cases[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    char hex[SHA256_HEX_SIZE];
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        sha256_hex(cases[i].text, strlen(cases[i].text), hex);
        ck_assert_str_eq(hex, cases[i].hex);
    }
}
END_TEST

START_TEST(hex)
{
    char text[9] = "xxxxxxxx";

    hex_encode((const unsigned char *)"\x00\x7f\xab\xff", 4, text);
    ck_assert_str_eq(text, "007fabff");
    hex_encode((const unsigned char *)"", 0, text);
    ck_assert_str_eq(text, "");
}
END_TEST

START_TEST(base64_both_ways)
{
    static const struct { const char *text, *encoded; } cases[] = {
        {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"}, {"\xfb\xff\xfe", "+//+"},
    };
    size_t i, len = 99;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO_STR encoded = STR_INIT(100);
        AUTO(chars) decoded = NULL;

        base64_add(&encoded, cases[i].text, strlen(cases[i].text));
        ck_assert_str_eq(encoded.s, cases[i].encoded);
        decoded = base64_decode(encoded.s, encoded.len, &len);
        ck_assert_ptr_nonnull(decoded);
        ck_assert_str_eq(decoded, cases[i].text);
        ck_assert_uint_eq(len, strlen(cases[i].text));
    }
}
END_TEST

START_TEST(base64_of_every_length)
{
    unsigned char bytes[256];
    size_t n, i, len = 0;

    for (n = 0; n <= sizeof(bytes); n++) {
        AUTO_STR encoded = STR_INIT(1000);
        AUTO(chars) decoded = NULL;

        for (i = 0; i < n; i++)
            bytes[i] = (unsigned char)(i * 167 + n);
        base64_add(&encoded, bytes, n);
        ck_assert_uint_eq(encoded.len, (n + 2) / 3 * 4);
        decoded = base64_decode(encoded.s, encoded.len, &len);
        ck_assert_uint_eq(len, n);
        ck_assert_int_eq(memcmp(decoded, bytes, n), 0);
        ck_assert_int_eq(decoded[n], 0);
    }
}
END_TEST

START_TEST(base64_read_leniently_in_blanks_only)
{
    static const struct { const char *text; bool accepted; } cases[] = {
        {" Zm9v\r\n\tYmFy\n", true}, {"Z g = =", true}, {" \n", true},
        {"Zg", false}, {"Zg=", false}, {"Zg===", false}, {"=", false}, {"====", false}, {"Z===", false},
        {"Zm9v=", false}, {"Zg==Zg==", false}, {"Zm=v", false}, {"Zm9_", false}, {"Zm9-", false}, {"Zm9v!", false},
        {"Zm8\xc3", false},
    };
    size_t i, len = 99;

    for (i = 0; i < COUNT(cases); i++) {
        AUTO(chars) decoded = base64_decode(cases[i].text, strlen(cases[i].text), &len);

        ck_assert_msg(!!decoded == cases[i].accepted, "'%s'", cases[i].text);
        if (!decoded)
            ck_assert_uint_eq(len, 0);
    }
    ck_assert_ptr_null(base64_decode("Zm\0v", 4, &len));
}
END_TEST

START_TEST(random_bytes_differ)
{
    unsigned char a[300] = {0}, b[300] = {0};
    size_t i, set = 0;

    ck_assert_int_eq(random_bytes(a, sizeof(a) - 1, NULL), 0);
    ck_assert_int_eq(random_bytes(b, sizeof(b) - 1, NULL), 0);
    ck_assert_int_ne(memcmp(a, b, sizeof(a)), 0);
    for (i = 0; i < sizeof(a); i++)
        set += a[i] != 0;
    ck_assert_uint_gt(set, 200);                        /* of 299 */
    ck_assert_int_eq(a[sizeof(a) - 1], 0);
    ck_assert_int_eq(random_bytes(NULL, 0, NULL), 0);
}
END_TEST

int main(void)
{
    static const TTest *const *const tests[] = {
        &sha256, &hex, &base64_both_ways, &base64_of_every_length, &base64_read_leniently_in_blanks_only,
        &random_bytes_differ,
    };

    return run_tests("digest", tests, COUNT(tests));
}
