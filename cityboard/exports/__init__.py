"""The city for other systems: SDMX, Open SDG, DCAT-AP and Data Package, for a role."""

from cityboard.exports.data_package import data_package_files
from cityboard.exports.dcat import dcat_files
from cityboard.exports.folder import FORMATS, write_export
from cityboard.exports.observations import observations
from cityboard.exports.open_sdg import open_sdg_files
from cityboard.exports.sdmx import sdmx_files

__all__ = [
    "FORMATS",
    "data_package_files",
    "dcat_files",
    "observations",
    "open_sdg_files",
    "sdmx_files",
    "write_export",
]
