# Alice transfers Bob while Carol's phone still rings: Bob hears it ring, and Carol sees that Bob calls.
every step is checked
phone alice 7961 dual-line 201
phone bob 7960 line 202
phone carol 7975 line 203
application console watches 202 203

bob dials 201
alice answers
alice transfers to 203
carol rings from 201
alice transfers
alice is idle
bob hears ringing
carol rings from 202
console sees Transfered at 203 lcs alerting
carol answers
bob is connected to 203
carol is connected to 202
console sees Established at 203 lcs connected from 202
bob hangs up
carol is idle
