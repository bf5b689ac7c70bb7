# Hanging up completes a transfer that was begun with the Transfer key.
every step is checked
phone alice 7960 dual-line 201
phone bob 7961 line 202
phone carol 7970 line 203

bob dials 201
alice lifts the handset
bob is connected to 201
alice transfers to 203
carol answers
alice replaces the handset
alice is idle
bob is connected to 203
