"""The public Channable modules of Magento 2, Magento 1 and PrestaShop: one protocol, three platforms.

A merchant who has such a module connects without installing anything. This package is a family: the files beside this
one speak the protocol, and each folder is a platform of the registry that differs in addresses, numbers and answers.

Observed on Magento 2.4.7 with module 1.24.2 and on OpenMage 20.10.2 with module 1.4.2; the PrestaShop module was read
in its code (3.0.2 and later), and so were the returns and the memo. All of them answer errors with HTTP 200, none of
them tells a total: that, lines and the pieces of parcels are read through the shop's own API where we may.
"""
