# Alice's only channel is on hold when she presses the speaker button: she hears why not, and her phone goes
# back on-hook by itself.
phone alice 7960 line 201
phone bob 7961 line 202

alice dials 202
bob answers
alice holds
alice presses the speaker button
alice hears ReorderTone
bob hangs up
after 12 seconds
alice is idle
