# The wall clock steps: no timer of a call minds.
telephony-service timeouts ringing 20
phone alice 7960 line 201
phone bob 7961 line 202

alice dials 202
bob rings from 201
the clock steps by 1 hour
after 15 seconds
bob rings from 201
bob does not ring within 10 seconds
