#!/bin/sh
# One task of a job array: simulates its part of a cohort or of trials, or replays its part of a study's slices, and leaves
# a partial result for `trough merge`.
#
# Which part it is comes from the number that the array gives the task: Slurm's are 1 to PARTS, Kubernetes counts from 0. Of
# how many parts is told by PARTS alone: an array that runs a lost part again knows only of the task that it runs. A partial
# result appears under its name only when it is complete, so that a task that was killed is simply run again, and one
# whose result is there already has nothing to do.
#
#   SIMULATION   what to simulate, as the arguments of `trough simulate`: --patients 10000000 --seed 7
#   REPLAY       or what to replay, as the arguments of `trough replay`: --study main --as-of 2016-06-30
#   SLICES       the number of the study's slices, which `trough status` tells; 64 without it
#   RESULTS      the folder for partial results, shared by all tasks, of this simulation or replay alone
#   PARTS        the number of parts, the same for every task
#   TROUGH       the program; the one on the path without it
set -eu

refuse() {
    echo "array-task.sh: $1" >&2
    exit 2
}

if [ -n "${SLURM_ARRAY_TASK_ID:-}" ]; then
    part=$((SLURM_ARRAY_TASK_ID))
elif [ -n "${JOB_COMPLETION_INDEX:-}" ]; then
    part=$((JOB_COMPLETION_INDEX + 1))
else
    refuse "neither SLURM_ARRAY_TASK_ID nor JOB_COMPLETION_INDEX is set; expected to run in a job array."
fi
parts=${PARTS:-}
case $parts in
'') refuse "PARTS is not set; expected the number of parts." ;;
0* | *[!0-9]*) refuse "PARTS is \"$parts\"; expected the number of parts." ;;
esac
if [ "$part" -lt 1 ] || [ "$part" -gt "$parts" ]; then
    refuse "there is no part $part of $parts; expected tasks 1 to $parts with Slurm, 0 to $((parts - 1)) with Kubernetes."
fi
if [ -z "${RESULTS:-}" ]; then
    refuse "RESULTS is not set; expected the folder for partial results."
elif [ -n "${REPLAY+set}" ] && [ -n "${SIMULATION+set}" ]; then
    refuse "SIMULATION and REPLAY are both set; expected one of them."
elif [ -z "${REPLAY+set}" ] && [ -z "${SIMULATION:-}" ]; then
    refuse "neither SIMULATION nor REPLAY is set; expected the arguments of trough simulate or trough replay."
fi
for other in "$RESULTS"/part-*-of-*.trough; do
    case $other in
    *-of-"$parts".trough) ;;
    *) if [ -e "$other" ]; then refuse "$other is there, and PARTS is $parts; expected a folder for these parts alone."; fi ;;
    esac
done

result=$RESULTS/part-$part-of-$parts.trough
if [ -e "$result" ]; then
    echo "array-task.sh: $result is there already." >&2
    exit 0
fi
if [ -n "${REPLAY+set}" ]; then
    slices=${SLICES:-64}
    first=$(((part - 1) * slices / parts))
    last=$((part * slices / parts - 1))
    if [ "$last" -lt "$first" ]; then
        echo "array-task.sh: part $part has no slice: there are $parts parts of $slices slices." >&2
        exit 0
    fi
    # shellcheck disable=SC2086 # the arguments are separate words
    exec "${TROUGH:-trough}" replay $REPLAY --quiet --slices "$first-$last" --partial "$result"
fi
# shellcheck disable=SC2086 # the arguments are separate words
exec "${TROUGH:-trough}" simulate $SIMULATION --quiet --shard "$part/$parts" --partial "$result"
