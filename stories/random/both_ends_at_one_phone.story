# A phone calls itself on its other line, holds both ends and takes one back: everything can still be ended.
every step is checked
phone dave 12SP dual-line 205 206
application monitor watches 205 206

dave dials 206
dave presses line 2
dave resumes
dave holds
