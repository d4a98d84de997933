"""Dask computes a grid in the processes of one machine, or of a cluster at the address given to Client: pip install 'dask[distributed]'"""

from itertools import product

from dask.distributed import Client

from trial import accuracy

if __name__ == "__main__":
    points = list(product([1e-3, 1e-2], [8, 32]))
    with Client(n_workers=2, threads_per_worker=1, dashboard_address=None) as client:
        results = client.gather(client.map(accuracy, *zip(*points)))
    best = max(zip(results, points))
    print({"rate": best[1][0], "units": best[1][1]}, best[0])
