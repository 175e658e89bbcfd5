#!/bin/sh
# One task of a job array: simulates its part of a cohort or of trials, or replays its part of a study's slices, and leaves
# a partial result for `trough merge`.
#
# The part comes from the array's own variables: Slurm counts tasks as the array says (1-16 here), Kubernetes from 0. A
# partial result appears under its name only when it is complete, so that a task that was killed is simply run again, and
# one whose result is there already has nothing to do.
#
#   SIMULATION   what to simulate, as the arguments of `trough simulate`: --patients 10000000 --seed 7
#   REPLAY       or what to replay, as the arguments of `trough replay`: --study main --as-of 2016-06-30
#   SLICES       the number of the study's slices, which `trough status` tells; 64 without it
#   RESULTS      the folder for partial results, shared by all tasks
#   PARTS        the number of parts; Slurm's own count without it
#   TROUGH       the program; the one on the path without it
set -eu

if [ -n "${SLURM_ARRAY_TASK_ID:-}" ]; then
    part=$((SLURM_ARRAY_TASK_ID - ${SLURM_ARRAY_TASK_MIN:-1} + 1))
    parts=${PARTS:-$SLURM_ARRAY_TASK_COUNT}
elif [ -n "${JOB_COMPLETION_INDEX:-}" ]; then
    part=$((JOB_COMPLETION_INDEX + 1))
    parts=${PARTS:?"the number of parts, the Job's completions"}
else
    echo "array-task.sh: neither SLURM_ARRAY_TASK_ID nor JOB_COMPLETION_INDEX is set; expected to run in a job array." >&2
    exit 2
fi

result=${RESULTS:?"the folder for partial results"}/part-$part-of-$parts.trough
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
exec "${TROUGH:-trough}" simulate ${SIMULATION:?"the arguments of trough simulate"} --quiet \
    --shard "$part/$parts" --partial "$result"
