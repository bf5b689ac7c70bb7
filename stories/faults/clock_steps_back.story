# The wall clock steps back a day: no call, session or keepalive minds, and what has a name keeps it to itself.
every step is checked
phone alice 7960 line 201
phone bob 7961 line 202
application console watches 201 202

alice dials 202
bob answers
the clock steps back by 24 hours
alice is connected to 202
after 5 minutes
alice is registered
console has a session
alice hangs up
console sees ConnectionCleared at 201
the node restarts
alice is registered within 30 seconds
bob is registered within 30 seconds
alice dials 202
bob rings from 201
