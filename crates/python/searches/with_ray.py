"""Ray computes a grid in the processes of one machine, or of a cluster: pip install ray"""

from itertools import product

import ray

from trial import accuracy

if __name__ == "__main__":
    ray.init(num_cpus=2, include_dashboard=False)
    points = list(product([1e-3, 1e-2], [8, 32]))
    remote = ray.remote(accuracy)
    results = ray.get([remote.remote(rate, units) for rate, units in points])
    best = max(zip(results, points))
    print({"rate": best[1][0], "units": best[1][1]}, best[0])
