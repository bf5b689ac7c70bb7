# Lines that are forwarded by the configuration.
phone alice 7960 dual-line 201
phone bob 7961 dual-line 202
phone carol 7970 dual-line 203
202 forwards to 203 on no answer after 10 seconds
203 forwards to 202
application console watches 201 202 203

alice dials 203
bob rings from 201
carol does not ring
bob answers
alice is connected to 202
bob hangs up
alice is idle
