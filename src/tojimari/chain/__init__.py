"""The supply chain: whose weak spot puts whose purchases at risk, and whom to help first. Pure.

The model is the independent cascade (Kempe, Kleinberg, Tardos 2003), at most three tiers, all firms
at once. What it gives is an index for comparing and ranking, never a probability of anything: the
weights are assumptions, kept as data in the catalog (``chain.yaml``) and shown beside each figure.
That a customer is worse hit where suppliers are hard to replace is what Crosignani, Macchiavelli and
Silva found after NotPetya (Journal of Financial Economics 147(2), 2023); so a link weighs both.

``weakness`` makes a firm's interval of its open controls, ``network`` holds firms and links,
``files`` reads them, ``cascade`` reckons with numpy, ``attribution`` asks for one buyer, ``choice``
tries what closing controls would change, ``veil`` keeps small groups of undisclosed firms out, and
``simulation`` is the same model by drawing, to see that the sums are right. The modules that reckon
need the extra ``chain``; this one, ``network``, ``files``, ``veil`` and ``weakness`` do not.
"""
