# The loudspeaker does not stay on for a call that could not begin.
every step is checked
phone alice 12SP dual-line 201
phone frank 7921 line 209
application monitor watches 209

frank dials 201 at once
alice answers
monitor holds at 209
frank presses the speaker button
frank shows "No line available"
after 20 seconds
alice hangs up
frank is idle
