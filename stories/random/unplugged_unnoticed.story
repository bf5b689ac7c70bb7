# A phone is unplugged and plugged in again before anybody misses it; its call is on its screen again.
every step is checked
phone alice 7960 dual-line 201
phone bob 7975 dual-line 202
application console watches 201 202

alice dials 202
bob answers
bob is unplugged
bob is plugged in
bob is connected to 201
alice hangs up
