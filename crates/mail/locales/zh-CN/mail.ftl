sender = 家账

sign-in-code-subject = 您的登录验证码
sign-in-code-heading = 登录家账
sign-in-code-before = 您的验证码是：
sign-in-code-valid = { $minutes } 分钟内有效，只能用一次。请不要告诉任何人。
sign-in-code-ignore = 如果不是您本人在登录，请不用理会这封邮件。

perk-redeemed-subject = 兑换成功：{ $perk }
perk-redeemed-heading = 兑换成功
perk-redeemed-before = 您家用 { $points } 积分兑换了：
perk-redeemed-valid = 有效期至 { $year } 年 { $month } 月 { $day } 日，含当日。
perk-redeemed-question = 如果不是您家人兑换的，请联系您的团长。

lapse-notice-subject = 积分即将到期：{ $points } 积分
lapse-notice-heading = 积分即将到期
lapse-notice-before = 您家有一些积分快要到期，过期就不能用了：
lapse-notice-points = { $points } 积分
lapse-notice-day = { $year } 年 { $month } 月 { $day } 日 { $points } 积分
lapse-notice-days = 最后可用日：{ $days }（含当日）。
lapse-notice-use = 积分可以兑换权益。如果已经用掉了，请不用理会这封邮件。

held-points-lapsed-subject = 积分已失效：{ $points } 积分
held-points-lapsed-heading = 积分已失效
held-points-lapsed-before = 您家有一些冻结的积分失效了：
held-points-lapsed-points = { $points } 积分
held-points-lapsed-why = 这些积分在冻结期间过了最后可用日；冻结于 { $year } 年 { $month } 月 { $day } 日 { $time } 结束，没有用上，积分随之失效。
held-points-lapsed-question = 如有疑问，请联系您的团长。
