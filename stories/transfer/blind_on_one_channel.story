# A line with one channel cannot consult: Transfer and a number send the call on as soon as it rings.
every step is checked
phone alice 7960 line 201
phone bob 7961 line 202
phone carol 7970 line 203

bob dials 201
alice answers
alice transfers to 203
alice is idle
carol rings from 202
bob hears ringing
carol answers
bob is connected to 203
