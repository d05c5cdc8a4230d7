"""Mail to moderators and to authors, over an SMTP server of the operator's.

`server` hands one mail over; `letter` is what a mail says, as text and as HTML, in the words of
`words/`.
"""
