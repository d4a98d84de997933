# %% [markdown]
# # A table, against scikit-learn's `MLPClassifier`
#
# `ToddleClassifier` is an estimator of scikit-learn. It can replace `MLPClassifier` in pipelines and searches. Here both learn the same
# table with the same network: 20 columns, 100 hidden outputs, 2 classes.

# %%
import time

import toddle as td
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from toddle.sklearn import ToddleClassifier

x, y = make_classification(4000, 20, n_informative=12, random_state=0)
x_train, x_test, y_train, y_test = train_test_split(x, y, random_state=0)

# %%
EPOCHS = 20
models = {
    "MLPClassifier": MLPClassifier((100,), batch_size=32, max_iter=EPOCHS, n_iter_no_change=EPOCHS, random_state=0),
    "ToddleClassifier": ToddleClassifier((100,), batch=32, epochs=EPOCHS, patience=None, random_state=0),
}

# %% [markdown]
# The times depend on the machine, so the notebook stores only the accuracies. Run the notebook to see the times on your machine.

# %%
import warnings

times = {}
for name, model in models.items():
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # MLPClassifier warns that it was stopped.
        pipeline = make_pipeline(StandardScaler(), model).fit(x_train, y_train)
    times[name] = time.perf_counter() - start
    score = pipeline.score(x_test, y_test)
    print(f"{name}: {'more' if score > 0.9 else 'less'} than 90 % right")
    assert score > 0.9

# %% [markdown]
# The attribute `network_` is the trained network, a `Network` of toddle.

# %%
pipeline[-1].network_
