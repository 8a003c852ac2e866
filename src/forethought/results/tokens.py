"""The design tokens that charts, maps and pages share: colours, sizes, fonts.

Contrast on white is noted where it decides use: text needs 4.5, marks need 3.
"""

from __future__ import annotations

# Text and structure
INK = "#0B0C0C"  # 19.6
SECONDARY = "#46504F"  # 8.3
WHITE = "#FFFFFF"
BRAND = "#123B45"  # 12.1
SAMPHIRE = "#8FC7A5"
LINK, LINK_HOVER = "#0B5A78", "#06384B"
BUTTON = "#0F7A52"
TINT, CHOSEN, CREAM = "#EFF4F3", "#E4EEEC", "#FFF6DC"
HAIRLINE = "#C3CCCB"
AXIS = "#8B9695"  # 3.1
GRID = "#DDE3E2"
FOCUS = "#FFDD00"

# Data
BLUE = "#12436D"  # 10.3
ORANGE_MARK = "#F46A25"  # 3.0, marks only
ORANGE = "#B3420A"  # 5.7, text and lines
TURQUOISE = "#28A197"  # 3.2, never text
TARGET = "#801650"  # 9.8: targets, limits, misses
OBSERVED = INK
BASE_PLAN = "#3D3D3D"  # 10.9
BAND_50, BAND_80, BAND_95 = "#6A94BC", "#9DB9D3", "#D3E0EC"  # the blue line on them: 3.2, 5.0, 7.6
PATH = "#5B8DBB"  # a single simulated future, thin
ORANGE_BAND, GREY_BAND = "#F9C6A8", "#C9CFCE"
ORANGE_BAND_OPACITY, GREY_BAND_OPACITY = 0.62, 0.75
ORDINARY = "#E4EAE9"  # the band of ordinary variation
UNCLEAR = "#5F6968"

# Steps of maps and heat maps, light to dark
MAP_BLUE = ("#EDF2F7", "#BFD3E6", "#7FA8CC", "#2F74AE", "#12436D")
MAP_DIFFERENCE = ("#F7EFF3", "#E3C3D2", "#C586A5", "#A34576", "#6B1043")
HEAT = ("#F2F5F8", "#D3E0EC", "#9DB9D3", "#5B8DBB", "#12436D")
COAST = "#3D4645"

# Type
FONT = '"Helvetica Neue", Arial, sans-serif'
TEXT_PX = 16
SMALLEST_PX = 15

# Widths of drawings, px at 1:1
WIDE_TAB, WIDE_PAGE, WIDE_HALF, WIDE_CARD = 1_058, 1_100, 530, 340
MEDIUM, NARROW = 640, 358
