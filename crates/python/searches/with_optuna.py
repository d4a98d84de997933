"""Optuna chooses each point from the results of the points before it: pip install optuna"""

import optuna

from trial import accuracy


def objective(trial: optuna.Trial) -> float:
    rate = trial.suggest_float("rate", 1e-4, 1e-1, log=True)
    return accuracy(rate, trial.suggest_categorical("units", [8, 16, 32]))


if __name__ == "__main__":
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=0))
    study.optimize(objective, n_trials=8)
    print(study.best_params, study.best_value)
