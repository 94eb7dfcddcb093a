"""Packages the explorer's files, which lie at the top of the project's folder; see nuonuo/files/explorer.py."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["nuonuo*"]), "nuonuo.explorer"],
    package_dir={"nuonuo.explorer": "."},  # with app.py as its one module
    package_data={"nuonuo.explorer": ["pages/*.py", "assets/**/*", ".streamlit/config.toml"]},
)
