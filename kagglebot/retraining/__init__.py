"""From a chosen trial to a model that was trained on all rows.

Doors: ``choice.planning.plan`` chooses trials and plans their models, ``train.train_planned`` trains those that
are not there yet, ``predict.predict_test`` predicts with them. ``records`` has what comes back.
"""
