sender = Hearth

sign-in-code-subject = Your sign-in code
sign-in-code-heading = Sign in to Hearth
sign-in-code-before = Your code is:
sign-in-code-valid = It works once and for { $minutes ->
        [one] { $minutes } minute
       *[other] { $minutes } minutes
    }. Do not tell it to anyone.
sign-in-code-ignore = If you are not signing in, you can ignore this mail.

perk-redeemed-subject = Redeemed: { $perk }
perk-redeemed-heading = Redeemed
perk-redeemed-before = For { $points ->
        [one] { $points } point
       *[other] { $points } points
    } your household now has:
perk-redeemed-valid = Valid until { $day } { $month ->
        [1] January
        [2] February
        [3] March
        [4] April
        [5] May
        [6] June
        [7] July
        [8] August
        [9] September
        [10] October
        [11] November
       *[12] December
    } { $year }, that day included.
perk-redeemed-question = If nobody in your household redeemed it, please tell your community leader.

lapse-notice-subject = Lapsing soon: { $points ->
        [one] { $points } point
       *[other] { $points } points
    }
lapse-notice-heading = Points lapse soon
lapse-notice-before = Your household has points that can be spent for a short while only:
lapse-notice-points = { $points ->
        [one] { $points } point
       *[other] { $points } points
    }
lapse-notice-day = { $points ->
        [one] { $points } point
       *[other] { $points } points
    } until { $day } { $month ->
        [1] January
        [2] February
        [3] March
        [4] April
        [5] May
        [6] June
        [7] July
        [8] August
        [9] September
        [10] October
        [11] November
       *[12] December
    } { $year }
lapse-notice-days = Spend { $days }, that day included.
lapse-notice-use = Points buy perks. If you have spent them already, you can ignore this mail.

held-points-lapsed-subject = Lapsed: { $points ->
        [one] { $points } point
       *[other] { $points } points
    }
held-points-lapsed-heading = Points lapsed
held-points-lapsed-before = Your household had set points aside. They have lapsed:
held-points-lapsed-points = { $points ->
        [one] { $points } point
       *[other] { $points } points
    }
held-points-lapsed-why = Their last day had come while they were set aside, and what they were set aside for ended on { $day } { $month ->
        [1] January
        [2] February
        [3] March
        [4] April
        [5] May
        [6] June
        [7] July
        [8] August
        [9] September
        [10] October
        [11] November
       *[12] December
    } { $year } at { $time } without them.
held-points-lapsed-question = If you expected otherwise, please ask your community leader.
invitation-subject = { $inviter } invites you
invitation-heading = Dear { $name }
invitation-before-member = { $inviter } asks you to join the household “{ $household }”, to collect and spend points together. Tap the button, look, and then decide:
invitation-before-member-code = { $inviter } asks you to join the household “{ $household }”, to collect and spend points together. Sign in where you shop, choose “Join a household” and enter this code:
invitation-before-kin = { $inviter } would like to be linked with you as family, to look after each other. Each household keeps its own points. Tap the button, look, and then decide:
invitation-before-kin-code = { $inviter } would like to be linked with you as family, to look after each other. Each household keeps its own points. Sign in where you shop, choose “Family invitation” and enter this code:
invitation-before-household = { $inviter } asks you to bring your household into “{ $household }”, so that both are one: everybody’s points, rights and what is owed come together. Tap the button and see exactly what that means before you decide:
invitation-before-household-code = { $inviter } asks you to bring your household into “{ $household }”, so that both are one: everybody’s points, rights and what is owed come together. Sign in where you shop, choose “Merge households” and enter this code; you will see exactly what that means before you decide:
invitation-open = See the invitation
invitation-valid = You can answer until { $day } { $month ->
        [1] January
        [2] February
        [3] March
        [4] April
        [5] May
        [6] June
        [7] July
        [8] August
        [9] September
        [10] October
        [11] November
       *[12] December
    } { $year }, signing in by the address this mail came to. It costs nothing, and nobody will ask for a password.
invitation-ignore = If you do not know this person, or do not want to, ignore this mail: nothing will happen.

member-removed-subject = Your household account has changed
member-removed-heading = You have an account of your own
member-removed-before = The owner of “{ $household }” has taken you out of that household. The points you brought come with you. Your own account begins with:
member-removed-points = { $points ->
        [one] { $points } point
       *[other] { $points } points
    }
member-removed-keeps = They last as long as before. Whatever that household owes is not yours. You can join another household at any time.
member-removed-question = If you have questions, please ask your community leader.

place-offered-subject = Your turn: { $perk }
place-offered-heading = Your turn has come
place-offered-before = What your household waited for is kept for you:
place-offered-until = Until { $time } on { $day } { $month ->
        [1] January
        [2] February
        [3] March
        [4] April
        [5] May
        [6] June
        [7] July
        [8] August
        [9] September
        [10] October
        [11] November
       *[12] December
    } { $year }. Redeem it before then, or it goes to whoever is next.
place-offered-price = It costs { $points ->
        [one] { $points } point
       *[other] { $points } points
    }. If you do not want it any more, you need not do anything.

seats-returned-subject = Called off: { $gathering }
seats-returned-heading = Called off
seats-returned-before = What was planned for { $day } { $month ->
        [1] January
        [2] February
        [3] March
        [4] April
        [5] May
        [6] June
        [7] July
        [8] August
        [9] September
        [10] October
        [11] November
       *[12] December
    } { $year } at { $time } does not take place:
seats-returned-points = Your household has all of its { $points ->
        [one] { $points } point
       *[other] { $points } points
    } for it back.
seats-returned-none = Your household was on the waiting list, and paid nothing.
seats-returned-sorry = We are sorry. There will be another one.

slot-missed-subject = We were late, and your points are back
slot-missed-heading = We were late
slot-missed-before = An order of your household did not come in its slot of { $day } { $month ->
        [1] January
        [2] February
        [3] March
        [4] April
        [5] May
        [6] June
        [7] July
        [8] August
        [9] September
        [10] October
        [11] November
       *[12] December
    } { $year } at { $time }:
slot-missed-points = All of the { $points ->
        [one] { $points } point
       *[other] { $points } points
    } it cost are back.
slot-missed-apology = All of the { $points ->
        [one] { $points } point
       *[other] { $points } points
    } it cost are back, with { $apology ->
        [one] { $apology } point
       *[other] { $apology } points
    } more as an apology.
slot-missed-sorry = We are sorry that you waited.

ballot-thanked-subject = { $chosen } is on the shelf
ballot-thanked-heading = You chose it together
ballot-thanked-before = You were asked: { $study }. What neighbours chose can be bought now:
ballot-thanked-one-of = Your family's ballot was one of { $households }.
ballot-thanked-points = For taking part, whatever you chose, your household has { $points ->
        [one] { $points } point
       *[other] { $points } points
    }. Thank you.
ballot-thanked-words = Thank you for taking part.

family-pay-asked-subject = { $senior } asks you to pay
family-pay-asked-heading = { $senior } asks you to pay
family-pay-asked-before = { $senior } would like { $goods } and asks you to pay:
family-pay-asked-first = You can pay until { $until }, or ask someone else.
family-pay-asked-second = If it does not suit you, choose “ask someone else”.

family-pay-reminded-subject = { $senior } is waiting for your answer
family-pay-reminded-heading = { $senior } is waiting for your answer
family-pay-reminded-before = { $senior } would like { $goods } and asks you to pay:
family-pay-reminded-first = You can pay until { $until }, or ask someone else.
family-pay-reminded-second = This is the only reminder.

family-pay-passed-on-subject = { $payer } is asked now
family-pay-passed-on-heading = { $payer } is asked now
family-pay-passed-on-before = You would like { $goods }, and { $payer } is asked to pay:
family-pay-passed-on-first = You need not do anything. You will hear when it is paid.
family-pay-passed-on-second = You can also pay at pick-up.

family-pay-paid-subject = { $payer } has paid
family-pay-paid-heading = { $payer } has paid
family-pay-paid-before = Your { $goods } is paid:
family-pay-paid-first = Just pick it up.
family-pay-paid-second = The points go to your household.

family-pay-paid-by-you-subject = Paid
family-pay-paid-by-you-heading = Paid
family-pay-paid-by-you-before = What you bought for { $senior }, { $goods }, is paid:
family-pay-paid-by-you-first = { $senior } knows.
family-pay-paid-by-you-second = Refunds, if any, come back to you.

family-pay-paid-by-mandate-subject = Paid by your mandate
family-pay-paid-by-mandate-heading = Paid by your mandate
family-pay-paid-by-mandate-before = { $senior } ordered { $goods }, paid by the mandate you gave:
family-pay-paid-by-mandate-first = Refunds, if any, come back to you, and to the mandate.
family-pay-paid-by-mandate-second = You can take it back at any time.

family-pay-declined-by-all-subject = Nobody can pay this time
family-pay-declined-by-all-heading = Nobody can pay this time
family-pay-declined-by-all-before = You would like { $goods }, and nobody of your family can pay this time:
family-pay-declined-by-all-first = You can pay at pick-up and have it all the same.
family-pay-declined-by-all-second = If you do not want it any more, you need not do anything.

family-pay-expired-subject = Nobody has answered yet
family-pay-expired-heading = Nobody has answered yet
family-pay-expired-before = You would like { $goods }. Your family is probably busy and has not answered:
family-pay-expired-first = You can pay at pick-up and have it all the same.
family-pay-expired-second = If you do not want it any more, you need not do anything.

family-pay-not-needed-subject = You need not pay for { $senior } any more
family-pay-not-needed-heading = You need not pay for { $senior } any more
family-pay-not-needed-before = { $senior } wanted { $goods }. It need not be paid any more:
family-pay-not-needed-first = You need not do anything.
family-pay-not-needed-second = If you have just paid, all of it comes back to you.

family-pay-called-off-subject = A request of yours was called off
family-pay-called-off-heading = A request of yours was called off
family-pay-called-off-before = You left the household it was for, so your wish for { $goods } was called off:
family-pay-called-off-first = You can order again in your own household.
family-pay-called-off-second = Whatever was paid goes back to who paid it.

family-pay-refunded-to-you-subject = A refund for you
family-pay-refunded-to-you-heading = A refund for you
family-pay-refunded-to-you-before = Of { $goods }, which you bought for { $senior }, this comes back to you:
family-pay-refunded-to-you-first = When it arrives depends on your bank.
family-pay-refunded-to-you-second = If you have questions, please ask the community leader.

family-pay-refunded-subject = A refund for { $payer }
family-pay-refunded-heading = A refund for { $payer }
family-pay-refunded-before = Of your { $goods }, this goes back to { $payer }, who paid:
family-pay-refunded-first = You need not do anything.
family-pay-refunded-second = If you have questions, please ask your community leader.

family-pay-surplus-back-subject = Your payment comes back
family-pay-surplus-back-heading = Your payment comes back
family-pay-surplus-back-before = What you paid for { $goods } for { $senior } was not needed. All of it comes back:
family-pay-surplus-back-first = When it arrives depends on your bank.
family-pay-surplus-back-second = You need not do anything.

family-pay-surplus-told-subject = A payment goes back to { $payer }
family-pay-surplus-told-heading = A payment goes back to { $payer }
family-pay-surplus-told-before = For your { $goods }, what { $payer } paid was not needed. All of it goes back:
family-pay-surplus-told-first = You need not do anything.
family-pay-surplus-told-second = Nothing extra was spent.

family-pay-open = Look at it
