"""Webhooks: what happens on a site, told to other programs as Standard Webhooks describes it.

`events` makes deliveries of the outbox's tasks, `message` what is sent of a delivery; `sender`
signs and sends it, tries again and gives up; `transport` knows where it may connect.
"""
