//! Words of other languages that people ask with, and what they are in English.
//!
//! German, French, Spanish, Portuguese and Italian, as far as it takes to ask for users, organizations and
//! what is done to them. Written without accents, as queries are read. The words of the last line say nothing;
//! they are left out beside others.

/// An English word, or several, and what is said for it.
pub const TRANSLATIONS: &[(&str, &str)] = &[
    // What there is.
    (
        "user",
        "benutzer benutzern benutzers nutzer nutzern anwender utilisateur utilisateurs usager usagers usuario \
         usuarios usuaria usuarias utente utenti utilizador utilizadores",
    ),
    ("user account", "benutzerkonto benutzerkonten konto konten compte comptes cuenta cuentas conta contas"),
    ("list users", "benutzerliste"),
    (
        "organization",
        "organisation organisations organisationen organizacion organizaciones organizacao organizacoes organizzazione \
         organizzazioni mandant mandanten firma firmen unternehmen entreprise entreprises societe empresa empresas \
         azienda aziende societa",
    ),
    ("customer", "kunde kunden kundin cliente clientes clienti"),
    (
        "member",
        "mitglied mitglieder mitgliedern membre membres miembro miembros membro membros membri mitarbeiter",
    ),
    ("membership", "mitgliedschaft mitgliedschaften adhesion adhesions membresia membresias appartenenza"),
    (
        "employee",
        "angestellte angestellten employes empleado empleados funcionario funcionarios dipendente dipendenti",
    ),
    ("person", "personen leute personnes personas pessoa pessoas persona persone gente"),
    ("invitation", "einladung einladungen invitacion invitaciones convite convites invito inviti"),
    ("role", "rolle rollen ruolo ruoli roles papel papeis rol"),
    (
        "permission",
        "berechtigung berechtigungen rechte permiso permisos permissao permissoes permesso permessi autorisation \
         autorisations droits",
    ),
    ("group", "gruppe gruppen groupe groupes grupo grupos gruppo gruppi"),
    ("team", "equipe equipes equipo equipos squadra squadre"),
    (
        "directory",
        "verzeichnis verzeichnisse verzeichnissen annuaire annuaires directorio directorios diretorio diretorios elenchi",
    ),
    (
        "connection",
        "verbindung verbindungen connexion connexions conexion conexiones conexao conexoes connessione connessioni",
    ),
    ("session", "sitzung sitzungen sesion sesiones sessao sessoes sessione sessioni"),
    ("password", "passwort passworter kennwort motdepasse contrasena contrasenas senha senhas parola"),
    ("domain", "domane domanen domaine domaines dominio dominios domini"),
    ("event", "ereignis ereignisse evenement evenements evento eventos eventi"),
    ("audit log", "prufprotokoll auditprotokoll auditoria auditorias"),
    ("log", "protokoll protokolle journal journaux registro registros registri"),
    (
        "certificate",
        "zertifikat zertifikate certificat certificats certificado certificados certificato certificati",
    ),
    ("key", "schlussel cle cles clave claves chave chaves llave llaves chiave chiavi"),
    ("secret", "geheimnis geheimnisse secreto secretos segredo segredos segreto segreti"),
    ("portal link", "einrichtungslink"),
    ("link", "enlace enlaces lien liens verknupfung collegamento"),
    ("feature flag", "funktionsschalter"),
    ("webhook endpoint", "webhooks-endpunkt"),
    ("endpoint", "endpunkt endpunkte"),
    ("address", "adresse adressen adresses direccion direcciones endereco indirizzo indirizzi"),
    ("email", "courriel correo correos"),
    ("name", "namen nom nombre nome nomi"),
    ("resource", "ressource ressourcen ressources recurso recursos risorsa risorse"),
    (
        "application",
        "anwendung anwendungen aplicacion aplicaciones aplicacao aplicacoes applicazione applicazioni",
    ),
    ("waitlist", "warteliste"),
    ("signin", "anmeldung anmeldungen inicio-sesion"),
    ("token", "zugriffstoken jeton jetons"),
    ("code", "codigo codigos codice codici"),
    ("factor", "faktor faktoren facteur facteurs fattore fattori"),
    ("access", "zugriff zugang acces acceso acesso"),
    // What is done.
    ("list", "auflisten liste lister listar listado lista elencare elenca elenco enumerer"),
    (
        "show",
        "zeige zeigen zeig anzeigen ansehen montre montrer montrez afficher affiche mostrar muestra muestrame mostra \
         mostrare mostrami ver voir vedi vedere",
    ),
    (
        "find",
        "finde finden suche suchen chercher cherche trouver trouve rechercher buscar busca encontrar encontre procurar cercare cerca trovare trova",
    ),
    (
        "create",
        "erstelle erstellen erstell anlegen lege erzeugen creer creez cree crea crear creare criar crie",
    ),
    (
        "add",
        "hinzufugen fuge ajouter ajoute ajoutez anadir agregar agrega adicionar adicione aggiungere aggiungi",
    ),
    (
        "update",
        "andern andere aktualisieren aktualisiere bearbeiten modifier modifie modifiez actualizar actualiza atualizar \
         atualize mettre aggiornare aggiorna modificare modifica modificar cambiar cambia alterar altere",
    ),
    ("rename", "umbenennen renommer renombrar renomear rinominare"),
    (
        "delete",
        "losche loschen losch entfernen entferne supprimer supprime supprimez effacer borrar borra eliminar elimina \
         eliminare excluir exclua apagar cancellare",
    ),
    ("remove", "retirer quitar quita remover remova rimuovere rimuovi rimuovere"),
    ("invite", "einladen einlade inviter invitez invitar invita invitare convidar convide"),
    (
        "revoke",
        "widerrufen widerrufe zuruckziehen revoquer revoque revocar revoca revogar revogue revocare annuler anular",
    ),
    ("resend", "renvoyer renvoie reenviar reenvia reenvie reinviare reinvia"),
    ("send", "sende senden schicke schicken envoyer envoie envoyez enviar envia envie inviare invia"),
    (
        "deactivate",
        "deaktivieren deaktiviere sperren sperre desactiver desactive desactivar desactiva desativar desative disattivare disattiva",
    ),
    ("reactivate", "reaktivieren reaktiviere entsperren reactiver reactivar reativar riattivare riattiva"),
    ("enable", "aktivieren aktiviere einschalten activer activar ativar attivare"),
    ("disable", "ausschalten abschalten"),
    (
        "assign",
        "zuweisen zuordnen weise assigner attribuer asignar asigna atribuir atribua assegnare assegna",
    ),
    ("verify", "verifizieren verifiziere uberprufen prufen verifie verificar verifica verifique verificare"),
    ("reset", "zurucksetzen reinitialiser restablecer redefinir reimpostare"),
    ("export", "exportieren exportiere exporter exporte exportar exporta esportare esporta"),
    ("import", "importieren importiere importer importe importar importa importare"),
    ("generate", "generieren generiere generer genere generar genera gerar gere generare"),
    ("count", "zahle zahlen anzahl compter contar contare"),
    ("sync", "synchronisieren synchronisiere synchroniser sincronizar sincroniza sincronizzare"),
    ("signin", "einloggen anmelden connecter"),
    ("signout", "abmelden ausloggen deconnecter desconectar disconnettere"),
    ("block", "blockieren blockiere bloquer bloquear bloccare blocca"),
    ("change", "wechseln changer"),
    // What is asked, and how it is.
    ("who", "wer wem wen qui quien quienes quem chi"),
    (
        "which",
        "welche welcher welches welchen welchem quel quels quelle quelles cual cuales qual quais quale quali",
    ),
    ("how many", "wieviele wieviel combien cuantos cuantas quantos quantas quanti quante"),
    ("when", "wann quand cuando quando"),
    ("what", "welcherlei quoi que cosa"),
    ("where", "donde onde dove"),
    ("is", "ist est esta"),
    ("are", "sind sont estan estao sono"),
    ("has", "hat tiene tem"),
    ("all", "alle allen alles tous toutes todos todas tutti tutte"),
    (
        "new",
        "neu neue neuen neuer neues nouveau nouvelle nouveaux nuevo nueva nuevos novo nova novos nuovo nuova nuovi",
    ),
    (
        "pending",
        "offen offene offenen ausstehende ausstehenden attente pendiente pendientes pendente pendentes",
    ),
    ("expired", "abgelaufen abgelaufene expire-e caducado caducados expirado scaduto scaduti"),
    ("active", "aktiv aktive aktiven actifs activos ativos attivi"),
    ("inactive", "inaktiv inaktive inaktiven inactifs inactivos inativos inattivi"),
    ("from", "aus"),
    ("again", "erneut wieder nochmal"),
    ("customer", "kundenorganisation"),
    (
        "",
        "der den dem des das ein eine einen einem einer eines und oder fur von vom zum zur mit bei wie viele gibt es bitte ich will mochte \
         le la les un une du de et ou pour avec dans sur aux mes ses leur el los las una unos unas del al y o para por con en mi su \
         il lo gli uno della dello dei delle di per nel nella os um uma da dos das e do na ao em lui sein seine seiner ihre \
         une ce cette este esta questo meine mein unser unsere unseren mon notre nuestro nossa aller",
    ),
];
