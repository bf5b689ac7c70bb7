# A call is put aside and taken back; media stops and starts with it.
phone alice 7960 line 201
phone bob 7961 line 202
application console watches 201 202

alice dials 202
bob answers
alice is connected to 202
alice holds
alice has 202 on hold
alice hears nobody
bob hears music
alice's line 1 lamp is Wink
console sees Held at 201 lcs hold
console sees Held at 202 lcs connected
alice resumes
alice is connected to 202
bob is connected to 201
console sees Retrieved at 201 lcs connected
console sees Retrieved at 202 lcs connected
alice holds
bob hangs up
alice is idle
bob is idle
