"""Specifies nuonuo/memory/device.py."""

import os
import subprocess
import sys

import pytest
import torch

from nuonuo.memory.device import pick_device


def test_a_device_of_this_machine_is_taken_by_name(device):
    assert pick_device(device).type == device


def test_auto_takes_the_accelerator_when_there_is_one():
    mps = "mps" if torch.backends.mps.is_available() else "cpu"
    assert pick_device().type == ("cuda" if torch.cuda.is_available() else mps)


def test_hidden_gpus_are_not_taken():
    script = "from nuonuo import Memory; m = Memory(dimension=3); print(m.device.type, m.bank.X.device.type)"
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
    out = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    expected = "mps" if torch.backends.mps.is_available() else "cpu"
    assert out.stdout.split() == [expected, expected]


@pytest.mark.parametrize("name", ["gpu", "cuda:99", "", "tpu"])
def test_a_device_that_is_not_here_is_an_error(name):
    with pytest.raises(ValueError, match=r"device must be one of this machine's \(auto, cpu, cuda, mps\), got"):
        pick_device(name)
