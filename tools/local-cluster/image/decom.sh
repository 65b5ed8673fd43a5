#!/bin/bash
# Called before a decommissioned executor's pod stops: tells the executor, and
# waits until it has moved its blocks away (the pod's grace period ends it).
executor=$(pgrep -o java) || exit 0
kill -s PWR "$executor"
while kill -0 "$executor" 2> /dev/null; do
    sleep 1
done
