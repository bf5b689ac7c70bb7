# A session over CSTA/TCP that is silent for two heartbeats is terminated, and its monitors end.
phone alice 7960 line 201
application sleepy over CSTA watches 201
sleepy never refreshes its session
sleepy asks for a session of 2 minutes

after 1 minute
sleepy has a session
sleepy has no session within 2 minutes
alice begins a call
sleepy sees nothing more at 201
