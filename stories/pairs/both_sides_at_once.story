# Both parties of a call consult about it at the same moment, and both transfer it.
steps overlap
phone alice 7960 dual-line 201
phone bob 7961 dual-line 202
phone carol 7970 line 203
phone dave 7970 line 204
application console watches 201 202 203 204

bob dials 201
after 1 seconds
alice answers
after 1 seconds
alice transfers to 203
bob transfers to 204
after 2 seconds
carol answers
dave answers
after 1 seconds
alice transfers
bob transfers
after 3 seconds
alice is idle
bob is idle
carol is connected to 204
dave is connected to 203
