# An application retrieves a call while its user is busy on another line: that call is held first.
every step is checked
phone dave 7970 line 207 208
phone erin 7960 dual-line 211
phone frank 7961 line 214
phone grace 7941 dual-line 215
application console watches 207 208 215

dave dials 211
frank dials 208
console answers at 211
dave lifts the handset
console retrieves at 207
dave is connected to 211
