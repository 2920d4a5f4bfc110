//! What is said to whoever sits at the machine, and about words that are no command.
//! Not what the words do.

macro_rules! shell {
    ($then:ident { $($before:tt)* } $($rest:ident)*) => { $then! { { $($before)*

        NoSuchWord { word: String } =>
            ("There is no command \u{201c}{word}\u{201d}.")
            ("Es gibt keinen Befehl \u{201e}{word}\u{201c}.");
        SeeRoostHelp =>
            ("See roost --help.")
            ("Siehe roost --help.");
        NoSuchGroupHere =>
            ("There is no such group here.")
            ("Eine solche Gruppe gibt es hier nicht.");
        SeveralGroups { groups: String } =>
            ("Several groups may be meant: {groups}.")
            ("Mehrere Gruppen können gemeint sein: {groups}.");
        SayWhichGroup =>
            ("Say which with --group NAME or its address.")
            ("Nenne sie mit --group NAME oder ihrer Adresse.");
        SendThis { usage: &'static str } =>
            ("Send {usage}.")
            ("Sende {}.", usage_in_german(usage));
        DidYouMean { usage: &'static str } =>
            ("There is no such command, and nothing was posted. Did you mean {usage}?")
            ("Diesen Befehl gibt es nicht, und nichts wurde gepostet. Meintest du {}?", usage_in_german(usage));

    } $($rest)* } };
}
pub(super) use shell;
