"""joblib computes a grid in several processes of one machine: pip install joblib"""

from itertools import product

from joblib import Parallel, delayed

from trial import accuracy

if __name__ == "__main__":
    points = list(product([1e-3, 1e-2], [8, 32]))
    results = Parallel(n_jobs=2)(delayed(accuracy)(rate, units) for rate, units in points)
    best = max(zip(results, points))
    print({"rate": best[1][0], "units": best[1][1]}, best[0])
