# Bob hears that his line has no room; a speed dial that nobody configured is refused in another way, and the first tone
# is over.
every step is checked
phone bob 7940 line 202
phone carol 12SP dual-line 201
carol has speed dial 202

carol presses speed dial 1
bob dials 202 at once
bob presses speed dial 1
