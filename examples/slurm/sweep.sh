#!/bin/bash
# A sweep as one SLURM job: a Dask scheduler, a worker per task, and the sweep. In the environment that analogdecor[cluster] is in:
#
#     sbatch -n 64 --mem-per-cpu=2G --time=12:00:00 sweep.sh demo -o results.h5
#
# A job that ran into its time limit goes on where it stopped when it is sent again.
set -euo pipefail
host=${SLURMD_NODENAME:-$(hostname)}
port=$((20000 + SLURM_JOB_ID % 40000)) # several jobs may share a node
address="tcp://$host:$port"
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT

dask scheduler --host "$host" --port "$port" --no-dashboard &
srun dask worker --nthreads 1 --no-dashboard "$address" &
analogdecor sweep "$@" --scheduler "$address" --workers "$SLURM_NTASKS"
