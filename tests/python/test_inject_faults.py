"""A short fault campaign; `make faults` is the long one."""

import inject_faults


def test_no_fault_loses_tears_or_mixes_anything(tmp_path):
    campaign = inject_faults.run(tmp_path / "faults", kills=4, interrupts=1, disks=1, seed=1)
    disturbed = campaign[~campaign["fault"].str.contains("published file")]
    assert len(disturbed) >= 9
    assert (disturbed["old set"] + disturbed["new set"] == disturbed["tries"]).all()
    # The undisturbed build after a fault gives what it gives without one, and no leftovers.
    assert (campaign["builds after"] > 0).all()
    assert (campaign["healed"] == campaign["builds after"]).all()
    assert campaign["lost"].sum() == 0
    assert campaign.attrs["reads"] > 100
    assert campaign.attrs["bad_reads"] == 0
