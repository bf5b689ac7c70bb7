# The pound key says that the number is complete.
phone alice 7960 line 201
phone bob 7961 line 20

alice begins a call
alice types 20#
bob rings from 201 within 1 second
alice hangs up
bob is idle
