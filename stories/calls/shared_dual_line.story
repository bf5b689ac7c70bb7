# Two phones show the same dual line. Whoever is in a call on it has both channels: a second call waits there only.
phone alice 7960 line 201
phone bob 7961 dual-line 202
phone desk 7961 dual-line 202
phone carol 7970 line 203

alice dials 202
desk rings from 201
bob answers
carol dials 202
bob has a call waiting from 203
desk does not ring
bob answers
bob is connected to 203
bob has 201 on hold
bob hangs up
carol is idle
desk presses line 1
desk is connected to 201
alice hangs up
bob is idle
desk is idle
