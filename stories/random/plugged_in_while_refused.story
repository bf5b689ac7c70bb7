# Carol hears that her line has no room, and her phone is plugged out and in again: it plays nothing.
every step is checked
phone carol 7961 line 205
phone grace 7941 line 215

grace dials 205 at once
carol dials 209
carol is unplugged
carol is plugged in
