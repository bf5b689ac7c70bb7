# The conference ends when Alice, who made it, leaves.
every step is checked
phone alice 7960 dual-line 201
phone bob 7961 line 202
phone carol 7970 line 203
application console watches 202

bob dials 201
alice answers
alice confers with 203
carol answers
alice confers
bob is in a conference with 201 203
alice hangs up
alice is idle
bob is idle
carol is idle
