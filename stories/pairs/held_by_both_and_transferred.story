# Both parties have the call on hold, and one of them is transferred all the same.
every step is checked
phone alice 7960 dual-line 201
phone bob 7961 dual-line 202
phone carol 7970 line 203
application console watches 201 202 203

bob dials 201
alice answers
bob holds
console consults 203 at 201
carol answers
alice is connected to 203
console transfers at 201
console succeeds
alice is idle
carol hears music
console takes a snapshot of 203
console finds 1 calls
bob resumes
bob is connected to 203
