package retention
