# SPDX-License-Identifier: Apache-2.0
"""Travels as --py-files."""


def hello(who):
    return f"hello, {who}"
