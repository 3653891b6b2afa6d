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
invitation-subject = { $inviter }邀请您
invitation-heading = { $name }，您好
invitation-before-member = { $inviter }请您加入“{ $household }”这个家，一起攒积分、用积分。点下面的按钮，看清楚了再决定：
invitation-before-member-code = { $inviter }请您加入“{ $household }”这个家，一起攒积分、用积分。在买菜的小程序里登录，选“加入家庭”，填上这串邀请码：
invitation-before-kin = { $inviter }想和您结为亲属，方便互相照应，您两家的积分还是各管各的。点下面的按钮，看清楚了再决定：
invitation-before-kin-code = { $inviter }想和您结为亲属，方便互相照应，您两家的积分还是各管各的。在买菜的小程序里登录，选“亲属邀请”，填上这串邀请码：
invitation-before-household = { $inviter }请您带着您的家并入“{ $household }”，两家合成一家：大家的积分、权益和欠的积分都合在一起。点下面的按钮，看清楚会怎样再决定：
invitation-before-household-code = { $inviter }请您带着您的家并入“{ $household }”，两家合成一家：大家的积分、权益和欠的积分都合在一起。在买菜的小程序里登录，选“合并家庭”，填上这串邀请码，看清楚会怎样再决定：
invitation-open = 看看邀请
invitation-valid = { $year } 年 { $month } 月 { $day } 日前（含当日）都可以答复，登录要用收到这封信的邮箱。不用花钱，也不会要您的密码。
invitation-ignore = 不认识这个人，或者不想加入，不用理会这封邮件，什么也不会发生。

member-removed-subject = 您的家账有变化
member-removed-heading = 您有了自己的家账
member-removed-before = “{ $household }”的户主已把您移出这个家。您带来的积分都跟着您走，您自己的家账里现在有：
member-removed-points = { $points } 积分
member-removed-keeps = 积分的有效期不变；那个家欠的积分与您无关。您随时可以加入别的家。
member-removed-question = 如有疑问，请联系您的团长。

place-offered-subject = 轮到您家了：{ $perk }
place-offered-heading = 轮到您家了
place-offered-before = 您家排队等候的，现在为您留着：
place-offered-until = 保留到 { $year } 年 { $month } 月 { $day } 日 { $time }。请在这之前兑换，过时就轮到下一家。
place-offered-price = 需要 { $points } 积分。如果不想要了，不用理会这封邮件。

seats-returned-subject = 活动取消：{ $gathering }
seats-returned-heading = 活动取消
seats-returned-before = 原定 { $year } 年 { $month } 月 { $day } 日 { $time } 的活动取消了：
seats-returned-points = 您家为它兑换的 { $points } 积分已全部退回。
seats-returned-none = 您家在候补名单上，没有扣积分。
seats-returned-sorry = 非常抱歉，下次再聚。

slot-missed-subject = 我们送晚了，积分已退回
slot-missed-heading = 我们送晚了
slot-missed-before = 您家的订单没能在约好的 { $year } 年 { $month } 月 { $day } 日 { $time } 那一档送到：
slot-missed-points = 为它用的 { $points } 积分已全部退回。
slot-missed-apology = 为它用的 { $points } 积分已全部退回，另送 { $apology } 积分表示歉意。
slot-missed-sorry = 对不起，让您久等了。

ballot-thanked-subject = 邻居选出的{ $chosen }上架了
ballot-thanked-heading = 大家一起选出来的
ballot-thanked-before = 之前问过大家：{ $study }。邻居们选出的，现在可以买到了：
ballot-thanked-one-of = 您家的一票，是 { $households } 户中的一票。
ballot-thanked-points = 感谢参与，不论选了什么，您家都得到 { $points } 积分。
ballot-thanked-words = 感谢您家的参与。

family-pay-asked-subject = { $senior }想请您帮忙付款
family-pay-asked-heading = { $senior }想请您帮忙付款
family-pay-asked-before = { $senior }想买{ $goods }，请您付：
family-pay-asked-first = { $until } 前都可以付，也可以请别人付。
family-pay-asked-second = 不方便也没关系，点“请别人付”就好。

family-pay-reminded-subject = { $senior }还在等您的答复
family-pay-reminded-heading = { $senior }还在等您的答复
family-pay-reminded-before = { $senior }想买{ $goods }，请您付：
family-pay-reminded-first = { $until } 前都可以付，也可以请别人付。
family-pay-reminded-second = 这是唯一的一次提醒。

family-pay-passed-on-subject = 已经去问{ $payer }了
family-pay-passed-on-heading = 已经去问{ $payer }了
family-pay-passed-on-before = 您想买{ $goods }，现在请{ $payer }来付：
family-pay-passed-on-first = 您不用做什么，付好了会告诉您。
family-pay-passed-on-second = 想自己付，也可以选“取货时付”。

family-pay-paid-subject = { $payer }付好了
family-pay-paid-heading = { $payer }付好了
family-pay-paid-before = 您要的{ $goods }已经付款：
family-pay-paid-first = 您等着取货就好。
family-pay-paid-second = 积分会记到家里的账上。

family-pay-paid-by-you-subject = 付款成功
family-pay-paid-by-you-heading = 付款成功
family-pay-paid-by-you-before = 您为{ $senior }买的{ $goods }已经付款：
family-pay-paid-by-you-first = { $senior }已经知道了。
family-pay-paid-by-you-second = 若有退款，会原路退给您。

family-pay-paid-by-mandate-subject = 亲情额度已付款
family-pay-paid-by-mandate-heading = 亲情额度已付款
family-pay-paid-by-mandate-before = { $senior }买了{ $goods }，从您给的亲情额度里付了：
family-pay-paid-by-mandate-first = 若有退款，会原路退给您，额度也会恢复。
family-pay-paid-by-mandate-second = 不想再用，随时可以一键收回。

family-pay-declined-by-all-subject = 家人这次都不方便
family-pay-declined-by-all-heading = 家人这次都不方便
family-pay-declined-by-all-before = 您想买{ $goods }，家人这次都不方便付：
family-pay-declined-by-all-first = 您可以选“取货时付”，东西照样给您。
family-pay-declined-by-all-second = 不想要了，不用理会就好。

family-pay-expired-subject = 家人还没来得及答复
family-pay-expired-heading = 家人还没来得及答复
family-pay-expired-before = 您想买{ $goods }，家人可能正忙着，还没答复：
family-pay-expired-first = 您可以选“取货时付”，东西照样给您。
family-pay-expired-second = 不想要了，不用理会就好。

family-pay-not-needed-subject = { $senior }的这笔不用付了
family-pay-not-needed-heading = { $senior }的这笔不用付了
family-pay-not-needed-before = { $senior }想买{ $goods }，这笔不用付了：
family-pay-not-needed-first = 您不用做什么。
family-pay-not-needed-second = 如果您刚好付了，会全部原路退给您。

family-pay-called-off-subject = 您的一笔请求取消了
family-pay-called-off-heading = 您的一笔请求取消了
family-pay-called-off-before = 您离开了那个家，为它买{ $goods }的请求取消了：
family-pay-called-off-first = 您可以在自己的家里重新下单。
family-pay-called-off-second = 已经付的钱会全部退给付款的人。

family-pay-refunded-to-you-subject = 退款给您
family-pay-refunded-to-you-heading = 退款给您
family-pay-refunded-to-you-before = 您为{ $senior }买的{ $goods }有退款，原路退给您：
family-pay-refunded-to-you-first = 到账时间看您的银行。
family-pay-refunded-to-you-second = 如有疑问，请联系团长。

family-pay-refunded-subject = 有退款退给{ $payer }
family-pay-refunded-heading = 有退款退给{ $payer }
family-pay-refunded-before = 您买的{ $goods }有退款，退给付款的{ $payer }：
family-pay-refunded-first = 您不用做什么。
family-pay-refunded-second = 如有疑问，请联系您的团长。

family-pay-surplus-back-subject = 多付的钱退给您
family-pay-surplus-back-heading = 多付的钱退给您
family-pay-surplus-back-before = 您为{ $senior }买{ $goods }付的这笔没有用上，全部退给您：
family-pay-surplus-back-first = 到账时间看您的银行。
family-pay-surplus-back-second = 您不用做什么。

family-pay-surplus-told-subject = 多付的钱退给{ $payer }了
family-pay-surplus-told-heading = 多付的钱退给{ $payer }了
family-pay-surplus-told-before = 您想买{ $goods }，{ $payer }付的这笔没有用上，全部退给{ $payer }：
family-pay-surplus-told-first = 您不用做什么。
family-pay-surplus-told-second = 没有多花一分钱。

family-pay-open = 看看再决定
