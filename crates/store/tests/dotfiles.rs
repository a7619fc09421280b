//! What is put into new homes.

mod common;

use berth_store::dotfiles::{self, Dotfile};
use common::{person, stores};

#[tokio::test]
async fn a_dotfile_is_written_over_listed_and_deleted() {
    for (name, store) in &stores().await.each {
        let ann = person(store, "ann@example.org").await;
        let bob = person(store, "bob@example.org").await;
        dotfiles::put(store, ann, ".vimrc", "set nu\n", 0o644)
            .await
            .unwrap();
        dotfiles::put(store, ann, ".bashrc", "old\n", 0o644)
            .await
            .unwrap();
        let new = dotfiles::put(store, ann, ".bashrc", "안녕\n", 0o600)
            .await
            .unwrap();
        dotfiles::put(store, bob, ".bashrc", "bob's\n", 0o644)
            .await
            .unwrap();
        let all = dotfiles::list(store, ann).await.unwrap();
        let paths: Vec<_> = all.iter().map(|one| one.path.as_str()).collect();
        assert_eq!(paths, [".bashrc", ".vimrc"], "{name}");
        let Dotfile { data, mode, .. } = &all[0];
        assert_eq!((data.as_str(), *mode), ("안녕\n", 0o600), "{name}");
        assert_eq!(all[0], new, "{name}");
        assert!(dotfiles::delete(store, ann, ".bashrc").await.unwrap());
        assert!(!dotfiles::delete(store, ann, ".bashrc").await.unwrap());
        assert_eq!(dotfiles::list(store, bob).await.unwrap().len(), 1, "{name}");
    }
}

#[tokio::test]
async fn a_bootstrap_script_is_one_a_person() {
    for (name, store) in &stores().await.each {
        let ann = person(store, "ann@example.org").await;
        let bob = person(store, "bob@example.org").await;
        let script = async || dotfiles::bootstrap_script(store, ann).await.unwrap();
        assert_eq!(script().await, None, "{name}");
        for text in ["echo 1", "echo 2"] {
            dotfiles::set_bootstrap_script(store, ann, Some(text))
                .await
                .unwrap();
            assert_eq!(script().await.as_deref(), Some(text), "{name}");
        }
        let bobs = dotfiles::bootstrap_script(store, bob).await.unwrap();
        assert_eq!(bobs, None, "{name}");
        dotfiles::set_bootstrap_script(store, ann, None)
            .await
            .unwrap();
        assert_eq!(script().await, None, "{name}");
    }
}
