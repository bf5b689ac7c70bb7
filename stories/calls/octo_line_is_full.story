# Alice's line has eight channels: eight callers hear it ring, the ninth hears that it is busy.
every step is checked
phone alice 7961 octo-line 201
phone bob 7960 line 202
phone carol 7960 line 203
phone dave 7960 line 204
phone erin 7960 line 205
phone frank 7960 line 206
phone grace 7960 line 207
phone heidi 7960 line 208
phone ivan 7960 line 209
phone judy 7960 line 210

bob dials 201
bob hears AlertingTone
carol dials 201
carol hears AlertingTone
dave dials 201
dave hears AlertingTone
erin dials 201
erin hears AlertingTone
frank dials 201
frank hears AlertingTone
grace dials 201
grace hears AlertingTone
heidi dials 201
heidi hears AlertingTone
ivan dials 201
ivan hears AlertingTone
judy dials 201
judy hears LineBusyTone
