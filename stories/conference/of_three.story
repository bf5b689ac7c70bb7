# Bob calls Alice, who adds Carol. Each is in one call with the other two; when Carol leaves, the others go on.
every step is checked
phone alice 7960 dual-line 201
phone bob 7961 line 202
phone carol 7970 line 203
application console watches 201 202 203

bob dials 201
alice answers
alice confers with 203
carol answers
alice is connected to 203
alice confers
alice is in a conference with 202 203
bob is in a conference with 201 203
carol is in a conference with 201 202
alice is in the mix
bob is in the mix
carol is in the mix
console sees Conferenced at 201 lcs connected cause conference
console sees Conferenced at 202 lcs connected cause conference
console sees Conferenced at 203 lcs connected cause conference
console takes a snapshot of 202
console finds 1 calls
bob holds
console sees exactly Held at 203
bob resumes
bob is in a conference with 201 203
carol hangs up
carol is idle
bob is connected to 201
alice is connected to 202
bob hangs up
alice is idle
