# Alice adds Carol while her phone still rings: Alice and Bob talk meanwhile, and go on when Carol declines.
every step is checked
phone alice 7960 dual-line 201
phone bob 7961 line 202
phone carol 7970 line 203
application console watches 202

bob dials 201
alice answers
alice confers with 203
carol rings from 201
alice confers
carol rings
bob holds
console sees Held at 202 lcs hold
bob resumes
console sees Retrieved at 202 lcs connected
carol rejects
carol is idle
alice is connected to 202
bob is connected to 201
after 20 seconds
bob is connected to 201
